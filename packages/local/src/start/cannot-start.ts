/** A start that cannot go on, in words for the person who can mend it. */
export class CannotStart extends Error {}
