/** Salt of every key that Thor's services derive from the internal secret. */
export const THOR_KEY_SALT = "thor";
