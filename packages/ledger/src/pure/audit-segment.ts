/** What the signature of an exported and pruned prefix covers. */
export const segmentText = (segment: { first: number; last: number; prev: string; hash: string; sha256: string }) =>
  [segment.first, segment.last, segment.prev, segment.hash, segment.sha256].join("\n");
