/** What all simulators of one process share: time, ids, memory, the record of what was said, and the planned faults. */
import { createFaults, type Faults } from "../control/faults.ts";
import { createTraffic, type Traffic } from "../control/traffic.ts";
import { createSimClock, type SimClock } from "./clock.ts";
import { createIds, type Ids } from "./ids.ts";
import { openStore, type Store } from "./store.ts";

export interface World {
  clock: SimClock;
  store: Store;
  ids: Ids;
  traffic: Traffic;
  faults: Faults;
  close: () => void;
}

export function createWorld({ stateDir, seed }: { stateDir: string | undefined; seed: string }): World {
  const clock = createSimClock(() => Date.now());
  const store = openStore(stateDir);
  const ids = createIds(store, seed);
  const close = () => {
    clock.close();
    store.close();
  };
  return { clock, store, ids, traffic: createTraffic(clock), faults: createFaults(ids), close };
}
