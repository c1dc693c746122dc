/** Values of approvals' buttons, as Thor signs them or as somebody with another secret would. */
import {
  APPROVAL_BUTTON_KEY,
  approvalButtonMessage,
  formatApprovalValue,
  type ApprovalAction,
  type ApprovalButtonFacts,
} from "@thor/domain/approval";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256 } from "@thor/kit/derived-key";

import { SECRET } from "./world.ts";

export function signButton(action: ApprovalAction, facts: ApprovalButtonFacts, secret = SECRET): string {
  const key = deriveKey(secret, THOR_KEY_SALT, APPROVAL_BUTTON_KEY);
  return formatApprovalValue(facts, hmacSha256(key, approvalButtonMessage(action, facts)).toString("base64url"));
}
