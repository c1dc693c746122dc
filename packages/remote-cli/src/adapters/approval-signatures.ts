/** Signs the buttons of approvals, and knows a signature again also after the secret was changed. */
import {
  APPROVAL_BUTTON_KEY,
  approvalButtonMessage,
  formatApprovalValue,
  type ApprovalAction,
  type ApprovalButtonFacts,
} from "@thor/domain/approval";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { createSignatureCheck, createSigner } from "@thor/kit/signer";

export function createApprovalSignatures({ current, accepted }: { current: string; accepted: readonly string[] }) {
  const sign = createSigner(current, THOR_KEY_SALT, APPROVAL_BUTTON_KEY);
  const isSigned = createSignatureCheck(accepted, THOR_KEY_SALT, APPROVAL_BUTTON_KEY);
  return {
    sign: (action: ApprovalAction, facts: ApprovalButtonFacts) =>
      formatApprovalValue(facts, sign(approvalButtonMessage(action, facts))),
    actionSigned: (among: readonly ApprovalAction[], facts: ApprovalButtonFacts, signature: string) =>
      among.find((action) => isSigned(approvalButtonMessage(action, facts), signature)),
  };
}
