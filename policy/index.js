"use strict";
// What `pulumi --policy-pack policy` runs: pack.ts, through the same cached bundle as the program.
require("../bin/load").load("policy/pack.ts");
