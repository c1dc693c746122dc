import {
  APPROVAL_BUTTON_KEY,
  approvalButtonMessage,
  type ApprovalAction,
  type ApprovalButtonFacts,
} from "@thor/domain/approval";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256, isSameSecret } from "@thor/kit/derived-key";

const keyOf = (secret: string) => deriveKey(secret, THOR_KEY_SALT, APPROVAL_BUTTON_KEY);
const under = (key: Buffer, action: ApprovalAction, facts: ApprovalButtonFacts) =>
  hmacSha256(key, approvalButtonMessage(action, facts)).toString("base64url");

/** Signs and proves values of approvals' buttons and forms; those of earlier secrets still count. */
export function createApprovalButtons({ current, accepted }: { current: string; accepted: readonly string[] }) {
  const signing = keyOf(current);
  const keys = accepted.map(keyOf);
  return {
    sign: (action: ApprovalAction, facts: ApprovalButtonFacts): string => under(signing, action, facts),
    isSigned: (action: ApprovalAction, facts: ApprovalButtonFacts, signature: string): boolean =>
      keys.filter((key) => isSameSecret(signature, under(key, action, facts))).length > 0,
  };
}
