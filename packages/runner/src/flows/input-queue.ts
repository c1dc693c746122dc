/** Handles inputs strictly one after the other; can be stopped for good or for a while. */
export interface InputQueue<Input> {
  push: (input: Input) => void;
  freeze: () => void;
  /** Goes on, and takes this input after what has waited. */
  thaw: (input: Input) => void;
  /** For good: what waits is dropped, what comes is ignored. */
  stop: () => void;
}

interface InputQueueDeps<Input> {
  take: (input: Input) => Promise<void>;
  onFault: (err: unknown) => void;
  max: number;
  /** What stands for everything that had to be dropped when the queue overflowed. */
  afterOverflow: Input;
}

export function createInputQueue<Input>({
  take,
  onFault,
  max,
  afterOverflow,
}: InputQueueDeps<Input>): InputQueue<Input> {
  const waiting: Input[] = [];
  let isFrozen = false;
  let isStopped = false;
  let isWorking = false;

  const next = (): Input | undefined => (isFrozen || isStopped ? undefined : waiting.shift());

  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    for (let input = next(); input !== undefined; input = next()) await take(input).catch(onFault);
    isWorking = false;
  };

  const push = (input: Input) => {
    if (isStopped) return;
    if (waiting.length >= max) waiting.splice(0, waiting.length, afterOverflow);
    else waiting.push(input);
    void work();
  };

  return {
    push,
    freeze: () => {
      isFrozen = true;
    },
    thaw: (input) => {
      isFrozen = false;
      push(input);
    },
    stop: () => {
      isStopped = true;
      waiting.length = 0;
    },
  };
}
