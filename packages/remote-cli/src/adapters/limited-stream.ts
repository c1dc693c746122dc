import { Transform } from "node:stream";

/** Passes bytes on up to a limit; the one after it ends the stream with an error. */
export function limitedTo(maxBytes: number): Transform {
  let left = maxBytes;
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      left -= chunk.length;
      if (left < 0) done(new Error(`the answer is larger than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}
