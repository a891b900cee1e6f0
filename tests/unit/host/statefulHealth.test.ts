import { listensOn } from "../../../host/statefulHealth";

/** As /proc/net/tcp and /proc/net/tcp6 are: Redis on 6379, which is 18EB, and a connection to it. */
const TABLES = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001
   1: 0100007F:18EB 0100007F:D431 01 00000000:00000000 00:00000000 00000000 10001
   2: 0100007F:D431 0100007F:18EB 01 00000000:00000000 00:00000000 00000000 10001
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000`;

it.each([
  [6379, true],
  [80, true],
  // Both ends of a connection.
  [54321, false],
  [8080, false],
])("knows from the kernel's tables whether port %i is listened on: %s", (port, expected) => {
  expect(listensOn(TABLES, port)).toBe(expected);
});
