/** The frame around every page: where one is, what wants attention, who one is, and how it should look. */
import type { Children } from "@kitajs/html";

import { Plain, Text, Words } from "./text.tsx";

export type Theme = "system" | "light" | "dark";
interface NavItem {
  href: string;
  word: string;
  /** The key after `g` that goes there. */
  key: string;
  /** How many things want attention there. */
  badge?: number | undefined;
  badgeWord?: string | undefined;
}
export interface NavGroup {
  word: string;
  items: readonly NavItem[];
}
export interface Frame {
  title: string;
  /** The surface's prefix, for assets and preferences. */
  prefix: string;
  path: string;
  nav: readonly NavGroup[];
  assets: { css: string; js: string };
  email: string;
  theme: Theme;
  zone: string;
  csrf: string;
  environment?: string | undefined;
  /** What is simulated here. */
  simulated: readonly string[];
  paused?: string | undefined;
  /** The address of the live stream; none: the page does not change. */
  stream?: string | undefined;
  /** The word of the last action. */
  flash?: { tone: "good" | "bad"; text: string } | undefined;
  /** Where the search box leads; none: no search box. */
  search?: string | undefined;
}

const Badge = ({ item }: { item: NavItem }) =>
  item.badge === undefined || item.badge === 0 ? (
    <></>
  ) : (
    <span class="badge">
      <Words value={item.badge > 99 ? "99+" : item.badge} />{" "}
      <span class="hidden">
        <Words value={item.badgeWord ?? "new"} />
      </span>
    </span>
  );

const isHere = (path: string, href: string, root: string) =>
  path === href || (href !== root && path.startsWith(`${href}/`));

/** The way to every page, with what wants attention there. */
export const Nav = ({ frame }: { frame: Pick<Frame, "nav" | "path" | "prefix"> }) => (
  <nav id="nav" aria-label="Pages">
    {frame.nav.map(({ word, items }) => (
      <div class="group">
        <p class="quiet">
          <Words value={word} />
        </p>
        <ul>
          {items.map((item) => (
            <li>
              <a
                href={item.href}
                data-go={item.key}
                aria-current={isHere(frame.path, item.href, frame.prefix) ? "page" : undefined}
              >
                <Words value={item.word} />
                <Badge item={item} />
              </a>
            </li>
          ))}
        </ul>
      </div>
    ))}
  </nav>
);

const THEMES = [
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
] as const;

const Preferences = ({ frame }: { frame: Frame }) => (
  <form method="post" action={`${frame.prefix}/preferences`} class="preferences">
    <input type="hidden" name="_csrf" value={frame.csrf} />
    <input type="hidden" name="back" value={frame.path} />
    <label>
      <span>Theme</span>
      <select name="theme" data-submit="">
        {THEMES.map(([value, word]) => (
          <option value={value} selected={value === frame.theme}>
            <Words value={word} />
          </option>
        ))}
      </select>
    </label>
    <label>
      <span>Times in</span>
      <select name="zone" data-submit="" data-zone="">
        <option value={frame.zone === "UTC" ? "local" : frame.zone} selected={frame.zone !== "UTC"}>
          Local
        </option>
        <option value="UTC" selected={frame.zone === "UTC"}>
          UTC
        </option>
      </select>
    </label>
    <button type="submit" class="quiet">
      Set
    </button>
  </form>
);

const Search = ({ action }: { action: string }) => (
  <form method="get" action={action} role="search" class="search">
    <label class="hidden" for="q">
      Search
    </label>
    <input id="q" name="q" type="search" placeholder="Link, id or words  ( / )" autocomplete="off" />
  </form>
);

const Top = ({ frame }: { frame: Frame }) => (
  <header class="top">
    <a class="brand" href={frame.nav.length > 0 ? frame.prefix : undefined}>
      <span aria-hidden="true">⚡</span> Thor
    </a>
    {frame.environment === undefined ? undefined : (
      <span class="environment">
        <Text value={frame.environment} />
      </span>
    )}
    {frame.search === undefined ? undefined : <Search action={frame.search} />}
    {frame.stream === undefined ? undefined : (
      <span id="live" class="live" role="status">
        <span aria-hidden="true" class="dot" /> <span id="live-word">Not live</span>
      </span>
    )}
    <details class="account" id="account">
      <summary>
        <Text value={frame.email} />
      </summary>
      <Preferences frame={frame} />
      <button type="button" data-help="" class="quiet">
        Keys ( ? )
      </button>
    </details>
  </header>
);

const Banners = ({ frame }: { frame: Frame }) => (
  <div id="banners">
    {frame.simulated.length === 0 ? undefined : (
      <p class="banner">
        <Text value={`Simulated: ${frame.simulated.join(", ")}`} />
      </p>
    )}
    {frame.paused === undefined ? undefined : (
      <p class="banner warn">
        <Text value={frame.paused} />
      </p>
    )}
  </div>
);

const KEYS = [
  ["?", "this help"],
  ["/", "search"],
  ["g then a letter", "go to a page: o c q a s i f e l u y"],
  ["j k", "next and previous row"],
  ["Enter", "open the row"],
  ["x", "select the row"],
  ["e c", "unfold and fold every step"],
  [".", "follow the run's end"],
  ["Esc", "close"],
] as const;

const Help = () => (
  <dialog id="help" aria-labelledby="help-title">
    <h2 id="help-title">Keys</h2>
    <dl class="facts">
      {KEYS.map(([key, word]) => (
        <div>
          <dt>
            <kbd>
              <Words value={key} />
            </kbd>
          </dt>
          <dd>
            <Words value={word} />
          </dd>
        </div>
      ))}
    </dl>
    <label>
      <input type="checkbox" id="keys-off" /> Switch these keys off
    </label>
    <form method="dialog">
      <button type="submit">Close</button>
    </form>
  </dialog>
);

/** A whole page. */
export const Page = ({ frame, children }: { frame: Frame; children?: Children }) => (
  <html lang="en" data-theme={frame.theme === "system" ? undefined : frame.theme}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content={frame.theme === "system" ? "light dark" : frame.theme} />
      <title>
        <Plain value={`${frame.title} · Thor`} />
      </title>
      <link rel="icon" href={`${frame.prefix}/assets/icon.svg`} type="image/svg+xml" />
      <link rel="stylesheet" href={frame.assets.css} />
      <script src={frame.assets.js} type="module" />
    </head>
    <body data-stream={frame.stream} class={frame.nav.length === 0 ? "plain" : undefined}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Top frame={frame} />
      {frame.nav.length === 0 ? undefined : (
        <details class="drawer" id="drawer">
          <summary>Menu</summary>
        </details>
      )}
      {frame.nav.length === 0 ? undefined : <Nav frame={frame} />}
      <main id="main" tabindex="-1">
        <Banners frame={frame} />
        <h1>
          <Text value={frame.title} />
        </h1>
        <div id="said" role="status">
          {frame.flash === undefined ? undefined : (
            <p class={`flash ${frame.flash.tone}`}>
              <Text value={frame.flash.text} />
            </p>
          )}
        </div>
        {children}
      </main>
      <p id="news" role="status" class="hidden" />
      <Help />
    </body>
  </html>
);
