const DELIVERY_ID = /^[A-Za-z0-9-]{8,64}$/;
const EVENT_NAME = /^[a-z_]{1,64}$/;

/** What a delivery is called; headers are not signed, so what is no plain name is replaced by the digest of the body. */
export function deliveryOf(said: { eventName: unknown; deliveryId: unknown; bodyDigest: string }) {
  const { eventName, deliveryId, bodyDigest } = said;
  const isNamed = typeof deliveryId === "string" && DELIVERY_ID.test(deliveryId);
  return {
    key: isNamed ? deliveryId : `body:${bodyDigest}`,
    eventType: typeof eventName === "string" && EVENT_NAME.test(eventName) ? eventName : "unknown",
    bodyDigest,
  };
}
