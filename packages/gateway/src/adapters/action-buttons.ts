import {
  ACTION_BUTTON_KEY,
  actionButtonMessage,
  type ActionButton,
  type ButtonPlace,
} from "@thor/domain/action-button";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256, isSameSecret } from "@thor/kit/derived-key";

/** Proves values of Thor's own buttons against the present secret and those before it. */
export function createActionButtonCheck(secrets: readonly string[]) {
  const keys = secrets.map((secret) => deriveKey(secret, THOR_KEY_SALT, ACTION_BUTTON_KEY));
  return (button: ActionButton, place: ButtonPlace, signature: string): boolean => {
    const message = actionButtonMessage(button, place);
    return keys.filter((key) => isSameSecret(signature, hmacSha256(key, message).toString("base64url"))).length > 0;
  };
}
