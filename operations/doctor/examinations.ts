import type { Settings } from "../../config/settings";
import { addresses } from "./addresses";
import { backups } from "./backups";
import { certificate } from "./certificate";
import { clock } from "./clock";
import { dangling } from "./dangling";
import { database } from "./database";
import { disk } from "./disk";
import { dns } from "./dns";
import { edge, nginx } from "./edge";
import { engine } from "./engine";
import type { Examination } from "./examination";
import { host } from "./host";
import { lock } from "./lock";
import { moduleExaminations } from "./modules";
import { packageIndex } from "./packageIndex";
import { registry } from "./registry";
import { plugins, tools } from "./tools";
import { unfinished } from "./unfinished";

/** All that is looked at for a stack, in the order in which it is shown: the machine, the host, what runs there. */
export function examinationsOf(settings: Settings): Examination[] {
  return [
    ...[tools, plugins, lock, unfinished],
    ...[host, engine, clock, disk, addresses],
    ...[registry, packageIndex, dns, certificate],
    ...[edge, nginx, database, backups, dangling],
    ...moduleExaminations(settings),
  ];
}
