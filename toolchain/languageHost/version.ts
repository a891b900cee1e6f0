/** The Pulumi version this language host goes with. */
export const VERSION = "3.274.1";
