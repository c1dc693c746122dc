/** Signs the buttons of approvals, and knows a signature again also after the secret was changed. */
import {
  APPROVAL_BUTTON_KEY,
  approvalButtonMessage,
  formatApprovalValue,
  type ApprovalAction,
  type ApprovalButtonFacts,
} from "@thor/domain/approval";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256, isSameSecret } from "@thor/kit/derived-key";

const keyOf = (secret: string) => deriveKey(secret, THOR_KEY_SALT, APPROVAL_BUTTON_KEY);

const signatureBy = (key: Buffer, action: ApprovalAction, facts: ApprovalButtonFacts) =>
  hmacSha256(key, approvalButtonMessage(action, facts)).toString("base64url");

export function createApprovalSignatures({ current, accepted }: { current: string; accepted: readonly string[] }) {
  const key = keyOf(current);
  const keys = accepted.map(keyOf);
  return {
    sign: (action: ApprovalAction, facts: ApprovalButtonFacts) =>
      formatApprovalValue(facts, signatureBy(key, action, facts)),
    actionSigned: (among: readonly ApprovalAction[], facts: ApprovalButtonFacts, signature: string) =>
      among.find((action) => keys.some((one) => isSameSecret(signature, signatureBy(one, action, facts)))),
  };
}
