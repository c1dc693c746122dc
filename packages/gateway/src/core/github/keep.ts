/** How much of a delivery's words is kept: what people said to Thor at length, what stands around it cut. */
import type { GithubEvent } from "@thor/domain/github-event";
import { cutText } from "@thor/kit/pure/cut-text";

const MAX_WORDS = 65_536;
const MAX_CONTEXT = 16_384;
const MAX_TITLE = 1024;
const MAX_HUNK = 8192;
const MAX_LIST = 100;

type Text = string | null | undefined;
const cut = (text: Text, max: number) => (typeof text === "string" ? cutText(text, max) : text);

interface Described {
  title: string;
  body?: Text;
  labels?: { name: string }[] | undefined;
}
const keepContext = <T extends Described>(it: T): T => ({
  ...it,
  title: cutText(it.title, MAX_TITLE),
  body: cut(it.body, MAX_CONTEXT),
  labels: it.labels?.slice(0, MAX_LIST),
});

const keepComment = <T extends { body: string; diff_hunk?: Text }>(it: T): T => ({
  ...it,
  body: cutText(it.body, MAX_WORDS),
  diff_hunk: cut(it.diff_hunk, MAX_HUNK),
});

export function keepOf(event: GithubEvent): GithubEvent {
  switch (event.event_type) {
    case "issue_comment":
      return { ...event, issue: keepContext(event.issue), comment: keepComment(event.comment) };
    case "pull_request_review_comment":
      return { ...event, pull_request: keepContext(event.pull_request), comment: keepComment(event.comment) };
    case "pull_request_review": {
      const review = { ...event.review, body: cut(event.review.body, MAX_WORDS) };
      return { ...event, pull_request: keepContext(event.pull_request), review };
    }
    case "pull_request":
      return { ...event, pull_request: keepContext(event.pull_request) };
    case "check_suite": {
      const pull_requests = event.check_suite.pull_requests.slice(0, MAX_LIST);
      return { ...event, check_suite: { ...event.check_suite, pull_requests } };
    }
    case "push": {
      const { head_commit: head, commits } = event;
      const message = cut(head?.message, MAX_CONTEXT);
      const isHeadless = head === undefined || head === null;
      return { ...event, commits: commits?.slice(0, MAX_LIST), head_commit: isHeadless ? head : { ...head, message } };
    }
  }
}
