/** The first page: where to talk, where to look. Nothing in it comes from outside. */
const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:640px;margin:9vh auto;padding:0 20px}
h1{font-size:40px;margin:0}p{color:GrayText}a{display:block;padding:14px 18px;margin:10px 0;border:1px solid #8884;border-radius:12px;color:inherit;text-decoration:none}
a:hover{border-color:#5b4bd6}b{display:block}`;

export function landingPage(simUrl: string): string {
  const links = [
    [`${simUrl}/slack`, "Talk", "The simulated Slack: write “@thor fix the greeting” and open the thread"],
    [`${simUrl}/github`, "Code", "The simulated GitHub: see the branch that Thor pushed"],
    ["/admin", "Admin", "Conversations, runs, queue and audit"],
  ];
  const items = links.map(([href, name, about]) => `<a href="${href}"><b>${name}</b>${about}</a>`).join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Thor</title><style>${STYLE}</style><h1>⚡ Thor</h1><p>Running on this machine. Slack, GitHub and the model are simulated unless you said otherwise; everything between them is real.</p>${items}</html>`;
}
