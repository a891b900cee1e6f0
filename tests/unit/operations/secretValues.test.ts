import { parseEnvFile } from "../../../operations/secrets/envFile";
import { readSecretText } from "../../../secretStore/readText";
import { parseSecret } from "../../../secretStore/store";

const all = () => true;
const parse = (text: string | Buffer, isWanted: (name: string) => boolean = all) =>
  parseEnvFile(".env", Buffer.from(text), isWanted);

describe("a secret's value", () => {
  // prettier-ignore
  it.each([
    ["a line, without the end that echo adds", "hunter2\n", "hunter2"],
    ["a line from Windows", "hunter2\r\n", "hunter2"],
    ["no line end", " hunter2 ", " hunter2 "],
    ["several lines, whose last end belongs to them", "-----BEGIN\nabc\n", "-----BEGIN\nabc\n"],
    ["two line ends", "hunter2\n\n", "hunter2\n\n"],
    ["text beyond ASCII", "café 🔑\n", "café 🔑"],
  ])("is taken byte for byte: %s", (_, given, value) => {
    expect(readSecretText("KEY", Buffer.from(given))).toBe(value);
  });

  // prettier-ignore
  it.each([
    ["Latin-1", Buffer.from("caf\xe9\n", "latin1"), "KEY: is not UTF-8 (value hidden); save it as UTF-8, or store it in base64 and decode it in the service"],
    ["UTF-16, as a redirection in PowerShell writes it", Buffer.from("\uFEFFgeheim", "utf16le"), "KEY: has a NUL byte (value hidden); save it as UTF-8, or store it in base64 and decode it in the service"],
    ["a byte order mark", Buffer.from("\uFEFFgeheim"), "KEY: begins with a byte order mark (value hidden); save it as UTF-8 without one"],
  ])("is refused by its name: %s", (_, bytes, message) => {
    expect(() => readSecretText("KEY", bytes)).toThrow(new Error(message));
  });

  it("is refused with half a character, which no file can hold", () => {
    expect(() => parseSecret("secret x", '{"KEY": "geheim\\ud800"}')).toThrow(
      "secret x: KEY has half a character (value hidden); check escapes such as \\ud800",
    );
  });
});

describe("a .env file", () => {
  // prettier-ignore
  it.each([
    ["a # in a word", "A=pa#ss", "pa#ss"],
    ["a comment behind a blank", "A=pass # old", "pass"],
    ["quotes", "A=\"x # y\"\n", "x # y"],
    ["single quotes, as they are", "A='$x \\n \"'", "$x \\n \""],
    ["escapes in double quotes", 'A="1\\n2\\\\n\\""', '1\n2\\n"'],
    ["several lines", "A='1\n2\n'\nB=3", "1\n2\n"],
    ["what shells write", "  export A = x y  ", "x y"],
    ["an address with = and ?", "A=postgres://u:p%23@h/d?a=b", "postgres://u:p%23@h/d?a=b"],
    ["lines from Windows", "A=x\r\nB=y\r\n", "x"],
    ["a byte order mark", "\uFEFFA=x", "x"],
    ["the same twice", "A=x\nA=x", "x"],
  ])("is read as Compose reads it: %s", (_, text, value) => {
    expect(parse(text).values["A"]).toBe(value);
  });

  // prettier-ignore
  it.each([
    ["a variable", "A=pa$word", "A has a $, where Compose puts in a variable; put it in single quotes"],
    ["a variable in double quotes", 'A="pa$word"', "A has a $, where Compose puts in a variable; put it in single quotes"],
    ["a comment or not", "A= #geheim", "A begins with #, which may be a comment; put it in single quotes"],
    ["a backtick", "A=`geheim`", "A begins with `, which may be a quote; put it in single quotes"],
    ["a tab before #", "A=geheim\t# x", "A has white space that is not a blank; put it in single quotes"],
    ["a quote without end", "A='geheim\nB=2", "A has no ' at its end; add it"],
    ["text behind a quote", "A='gehe'im", "A has something behind its closing '"],
    ["an escape that nobody else knows", 'A="geheim\\d"', "A has a \\ that is no usual escape; write \\\\, or put it in single quotes"],
    ["a backslash before the end", "A='geheim\\'", "A has a \\ before its closing '; put it in double quotes, with \\\\"],
    ["two values", "A=geheim\nA=other", "A is there twice, with two values; keep one"],
    ["lines of a key without quotes", "A=-----BEGIN\nMIIgeheim/=", "is neither NAME=value nor a comment"],
    ["no text", Buffer.from("A=caf\xe9geheim", "latin1"), "A is not UTF-8 text; save the file as UTF-8"],
  ])("is refused by name, and its value is not shown: %s", (_, text, message) => {
    let said = "";
    try {
      parse(text);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(/^\.env, line [12]: /);
    expect(said).toContain(message);
    expect(said).not.toMatch(/geheim|word/);
  });

  it("names what other programs read in another way, and leaves alone what nobody wants", () => {
    expect(parse("A=pa#ss\nB=x#y", (name) => name === "A").notes).toEqual([
      "A: has a # that some programs take for a comment; taken whole, as Compose does",
    ]);
    expect(parse("A=x\nB=pa$word", (name) => name === "A").values["A"]).toBe("x");
  });
});
