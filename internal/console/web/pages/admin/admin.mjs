// The operator's pages, at admin and below it. They are loaded only where an
// operator has signed in.
import { html } from '../../html.mjs';
import { unescaped } from '../../lib/foreign.mjs';
import { Title } from '../../ui/parts.mjs';
import { Link } from '../../shell/router.mjs';
import { Audit } from './audit.mjs';
import { Job } from './job.mjs';
import { Jobs } from './jobs.mjs';
import { Keys } from './keys.mjs';
import { Overview } from './overview.mjs';
import { Tools } from './tools.mjs';

const parts = { '': Overview, jobs: Jobs, tools: Tools, keys: Keys, audit: Audit };

/** The page at a path, which begins with admin. */
export function Admin({ path, query }) {
  const [, part = '', id, ...more] = path.split('/');
  if (part === 'jobs' && id && !more.length) return html`<${Job} id=${unescaped(id)} key=${id} />`;
  const page = id ? undefined : parts[part];
  if (page) return html`<${page} query=${query} key=${part} />`;
  return html`<${Title}>Nothing here</${Title}><p>There is no page at this address. <${Link} to="admin">To the overview</${Link}></p>`;
}
