// The frame around all pages: who is signed in, where one can go, which page is
// shown.
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { Submit } from '../pages/submit.mjs';
import { Jobs } from '../pages/jobs.mjs';
import { Job } from '../pages/job.mjs';
import { Usage } from '../pages/usage.mjs';
import { Webhooks } from '../pages/webhooks.mjs';
import { harmless } from '../lib/foreign.mjs';
import { Announcer } from '../ui/announce.mjs';
import { Confirmer } from '../ui/dialog.mjs';
import { Failure, Foreign, Title } from '../ui/parts.mjs';
import { apiPath } from './place.mjs';
import { go, Link, match, usePlace } from './router.mjs';
import { end, useSession } from './session.mjs';
import { SignIn, SignInAgain } from './signin.mjs';

/** The one list of pages. kind: whose key opens it. menu: its name in the menu, where it stands there. */
const pages = [
  { path: '', kind: 'owner', menu: 'Submit', page: Submit },
  { path: 'jobs', kind: 'owner', menu: 'Jobs', page: Jobs },
  { path: 'jobs/:id', kind: 'owner', page: Job },
  { path: 'usage', kind: 'owner', menu: 'Usage', page: Usage },
  { path: 'webhooks', kind: 'owner', menu: 'Webhooks', page: Webhooks },
  { path: 'admin', kind: 'admin', menu: 'Overview', page: Operator },
  { path: 'admin/jobs', kind: 'admin', menu: 'Jobs', page: Operator },
  { path: 'admin/tools', kind: 'admin', menu: 'Tools', page: Operator },
  { path: 'admin/keys', kind: 'admin', menu: 'Keys', page: Operator },
  { path: 'admin/audit', kind: 'admin', menu: 'Audit', page: Operator },
  { path: 'admin/*', kind: 'admin', page: Operator },
];

export function App() {
  const who = useSession();
  // What an operator sees is others' and goes when the key does; an owner's page stays.
  const out = who.kind === 'admin' && who.expired;
  return html`${who.kind && !out ? html`<${Frame} who=${who} />` : html`<${SignIn} why=${who.expired} />`}<${Announcer} /><${Confirmer} />`;
}

function Frame({ who }) {
  const at = usePlace();
  const found = pages.map((p) => ({ ...p, params: match(p.path, at.path) })).find((p) => p.params);
  const mine = who.kind === 'admin' ? 'admin' : '';
  useEffect(() => {
    // Each kind of key has pages of its own; the other kind's lead to its first.
    if (found && found.kind !== who.kind) go(mine, { replace: true });
  }, [at.path, who.kind]);
  const menu = pages.filter((p) => p.menu && p.kind === who.kind);
  const below = menu.filter((p) => at.path === p.path || (p.path && at.path.startsWith(p.path + '/'))).at(-1); // the nearest one
  return html`
    <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById('main').focus(); }}>To the page's content</a>
    <header class="bar">
      <${Link} to=${mine} class="brand">claimcheck</${Link}>
      <nav aria-label="Pages">${menu.map((p) => html`<${Link} key=${p.path} to=${p.path} aria-current=${p.path === at.path ? 'page' : p === below ? 'true' : undefined}>${p.menu}</${Link}>`)}</nav>
      <div class="who"><a href=${`${apiPath}docs`}>API</a><span title=${who.plan ? harmless(`plan ${who.plan}`) : undefined}>${who.kind === 'admin' ? 'operator' : html`<${Foreign} text=${who.owner} />`}</span><button type="button" class="quiet small" onClick=${end}>Sign out</button></div>
    </header>
    <main id="main" tabindex="-1" key=${who.kind + who.owner}><${Guard} place=${`${at.path}?${at.query}`}>${
      !found ? html`<${Nowhere} />` : found.kind === who.kind ? html`<${found.page} key=${found.page === Operator ? 'admin' : found.path} ...${found.params} query=${at.query} path=${at.path} />` : null
    }</${Guard}></main>
    ${who.expired ? html`<${SignInAgain} why=${who.expired} />` : null}`;
}

/** Shows a page; where it breaks on what it was answered, says so instead of nothing, until another place is gone to. */
function Guard({ place, children }) {
  const [broken, mend] = useErrorBoundary();
  useEffect(() => void (broken && mend()), [place]);
  if (!broken) return children;
  return html`<${Title}>This page cannot be shown</${Title}>
    <${Failure} error=${{ code: 'BROKEN_PAGE', message: `It was answered what it does not understand: ${broken.message}` }} />
    <p>Other pages may be well. If this one stays so, tell whoever runs this server.</p>`;
}

function Nowhere() {
  return html`<${Title}>Nothing here</${Title}><p>There is no page at this address. <${Link} to="">To the first page</${Link}></p>`;
}

/** The operator's pages, which are loaded only for one. */
function Operator(props) {
  const [part, set] = useState({});
  useEffect(() => {
    import('../pages/admin/admin.mjs').then(
      (m) => set({ page: m.Admin }),
      () => set({ error: { code: 'NETWORK', message: 'The operator’s pages could not be loaded. Please load this page again.' } }),
    );
  }, []);
  if (part.error) return html`<${Failure} error=${part.error} />`;
  return part.page ? html`<${part.page} ...${props} />` : html`<p class="faint">Loading…</p>`;
}
