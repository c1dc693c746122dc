/** A UUIDv7 from its parts: `ms` since 1970, a 12-bit sequence within the millisecond, 8 bytes of chance. */
export function uuidV7(ms: number, sequence: number, chance: Uint8Array): string {
  const time = ms.toString(16).padStart(12, "0");
  const seq = (0x7000 | (sequence & 0xfff)).toString(16);
  const tail = Array.from(chance.subarray(0, 8), (byte, index) => (index === 0 ? (byte & 0x3f) | 0x80 : byte));
  const hex = tail.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-${seq}-${hex.slice(0, 4)}-${hex.slice(4)}`;
}
