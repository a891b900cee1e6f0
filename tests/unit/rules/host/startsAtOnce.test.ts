import { startsAtOnce } from "../../../../rules/host/startsAtOnce";

test.each([
  [null, 1],
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 2],
  [16, 8],
])("a host with %s processors starts %s containers at once", (processors, expected) => {
  expect(startsAtOnce(processors)).toBe(expected);
});
