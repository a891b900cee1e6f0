import { isMeant, type EventFilter } from "../../../release/eventFilter";
import { BEGIN, DAY, events } from "../../support/deliveryEvents";

const all = events([
  [0, "claimed", "a1", { services: ["web", "api"] }],
  [10, "moved", "a1"],
  [DAY, "command run", "a1", { service: "web", by: "grace@laptop" }],
  [2 * DAY, "claimed", "b2", { services: ["api"] }],
]);
const numbersOf = (filter: EventFilter) =>
  all.filter((event) => isMeant(event, filter)).map(({ number }) => number);

it.each<[EventFilter, number[]]>([
  [{}, [1, 2, 3, 4]],
  [{ kinds: ["claimed", "moved"] }, [1, 2, 4]],
  [{ services: ["web"] }, [1, 3]],
  [{ services: ["web", "api"], kinds: ["claimed"] }, [1, 4]],
  [{ release: "b" }, [4]],
  [{ by: "grace" }, [3]],
  [{ since: BEGIN / 1000 + DAY }, [3, 4]],
  [{ since: BEGIN / 1000 + DAY, release: "a1" }, [3]],
])("events are filtered by %j", (filter, numbers) => {
  expect(numbersOf(filter)).toEqual(numbers);
});
