import type { Rule } from "./rule";
import { accessRules } from "./accessRules";
import { containerRules } from "./containerRules";
import { dataRules } from "./dataRules";

export const RULES: readonly Rule[] = [...containerRules, ...dataRules, ...accessRules];
