import { expect, it } from "vitest";

import { mayUseRepo, resolveProfile, isListedChannel, listedChannels, isProfiledChannel } from "./profile.ts";

const profile = (channels: string[], repos: string[]) => ({
  channels,
  repos,
  credentials: "fallback" as const,
  isChannelBound: channels.length > 0,
});
const config = {
  profiles: { P: profile(["CP"], ["rp"]), Q: profile(["CQ"], ["rq"]), R: profile([], ["rr"]) },
  lost: { channels: ["CL"], repos: ["rl"] },
};

it.each([
  [[], undefined, undefined],
  [[], "r0", undefined],
  [[], "rp", "P"],
  [["C1"], undefined, undefined],
  [["C1"], "r0", undefined],
  [["C1"], "rr", "R"],
  [["C1"], "rp", "channel_not_in_profile"],
  [["CP"], undefined, "P"],
  [["CP", "CP"], "rp", "P"],
  [["CP"], "rq", "repo_disagrees"],
  [["CP", "C1"], undefined, "threads_disagree"],
  [["CP", "CQ"], "rp", "threads_disagree"],
  [["CL"], undefined, "profile_lost"],
  [["CP", "CL"], "rp", "profile_lost"],
  [[], "rl", "profile_lost"],
])("resolves threads %j with repository %s to %s", (channels, repo, expected) => {
  const choice = resolveProfile(config, channels, repo);
  expect(choice.kind === "ambiguous" ? choice.why : choice.name).toBe(expected);
});

it("never resolves a repository of a profile that lost its channels for a channel outside it", () => {
  const narrowed = { ...config, profiles: { P: { ...profile([], ["rp"]), isChannelBound: true } } };
  expect(resolveProfile(narrowed, ["C1"], "rp")).toEqual({ kind: "ambiguous", why: "channel_not_in_profile" });
});

it("lets a channel choose repositories of its own profile or of none, and none whose profile is lost", () => {
  const may = (channel: string, repo: string) => mayUseRepo(config, channel, repo);
  expect([may("CP", "rp"), may("C1", "r0"), may("CP", "r0")]).toEqual([true, true, true]);
  expect([may("CQ", "rp"), may("C1", "rp"), may("CP", "rl")]).toEqual([false, false, false]);
});

it("admits listed channels only, and remembers that a lost one was somebody's", () => {
  expect([...listedChannels(config)]).toEqual(["CP", "CQ"]);
  expect([isListedChannel(config, "CP"), isListedChannel(config, "CL")]).toEqual([true, false]);
  expect([isProfiledChannel(config, "CL"), isProfiledChannel(config, "C1")]).toEqual([true, false]);
});
