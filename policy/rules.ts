import type { Rule } from "./rule";
import { containerRules } from "./containerRules";
import { dataRules } from "./dataRules";

export const RULES: readonly Rule[] = [...containerRules, ...dataRules];
