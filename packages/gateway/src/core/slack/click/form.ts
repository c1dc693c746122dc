/** Pieces of Slack's forms; each block holds one field and is named for it. */
export const plain = (text: string) => ({ type: "plain_text", text });
export const input = (name: string, label: string, more: { optional?: boolean; initial?: string; max: number }) => ({
  type: "input",
  block_id: name,
  optional: more.optional === true,
  label: plain(label),
  element: {
    type: "plain_text_input",
    action_id: name,
    multiline: true,
    max_length: more.max,
    ...(more.initial === undefined ? {} : { initial_value: more.initial }),
  },
});
