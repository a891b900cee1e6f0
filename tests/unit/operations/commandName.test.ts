import { commandName } from "../../../operations/exec/commandName";

it.each([
  [["sh", "-c", "echo hunter2"], "sh"],
  [["/usr/bin/psql", "postgres://ada:hunter2@db"], "/usr/bin/psql"],
  [["mysql -phunter2"], "mysql"],
  [["PASSWORD=hunter2", "run"], "PASSWORD"],
  [["\u001b[31mls"], "?[31mls"],
  [["x".repeat(300)], `${"x".repeat(99)}…`],
  [[], ""],
])("of %j its name alone is on record", (command, name) => {
  expect(commandName(command)).toBe(name);
});
