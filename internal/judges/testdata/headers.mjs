// Parses fields of answers with npm structured-headers.
import { parseDictionary, parseList } from 'structured-headers';

const plain = (value) => (value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : value);
const item = ([value, parameters]) => ({ value: plain(value), parameters: Object.fromEntries(parameters) });

const { calls } = JSON.parse(process.argv[2]);
const parsed = [];
for (const { url, ...init } of calls) {
  const res = await fetch(url, init);
  const list = (name) => (res.headers.has(name) ? parseList(res.headers.get(name)).map(item) : null);
  const digest = res.headers.get('repr-digest');
  parsed.push({
    status: res.status,
    retryAfter: Number(res.headers.get('retry-after')),
    rateLimit: list('ratelimit'),
    policy: list('ratelimit-policy'),
    digest: digest && item(parseDictionary(digest).get('sha-256')).value,
    body: await res.text(),
  });
}
console.log(JSON.stringify(parsed));
