/** The HTML of an element; every view here is drawn at once, so there is nothing to wait for. */
export function htmlOf(element: JSX.Element): string {
  if (typeof element === "string") return element;
  throw new Error("a view must not wait");
}
