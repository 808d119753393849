// Asks npm http-cache-semantics what a cache may do with answers.
import CachePolicy from 'http-cache-semantics';

const { jobs, link, key } = JSON.parse(process.argv[2]);

async function get(url, headers = {}) {
  const res = await fetch(url, { headers });
  await res.arrayBuffer();
  const request = { url, method: 'GET', headers };
  return { request, response: { status: res.status, headers: Object.fromEntries(res.headers) } };
}

function verdict({ request, response }) {
  const own = new CachePolicy(request, response, { shared: false });
  const proxy = new CachePolicy(request, response, { shared: true });
  return {
    status: response.status,
    stored: own.storable(),
    storedByProxy: proxy.storable(),
    usedUnasked: own.storable() && own.satisfiesWithoutRevalidation(request),
    life: own.timeToLive() / 1000,
    policy: own,
  };
}

// Asks again as the policy says, and has it judge the answer.
async function refresh({ request }, policy) {
  const headers = policy.revalidationHeaders(request);
  const again = await get(request.url, headers);
  const { modified, matches, policy: renewed } = policy.revalidatedPolicy({ ...request, headers }, again.response);
  return {
    status: again.response.status, modified, matches,
    usedUnasked: renewed.satisfiesWithoutRevalidation(request),
    retryAfter: renewed.responseHeaders()['retry-after'],
  };
}

const verdicts = {};
for (const [name, url] of Object.entries(jobs)) {
  const exchange = await get(url, { 'x-api-key': key });
  const { policy, ...judged } = verdict(exchange);
  verdicts[name] = { ...judged, again: judged.stored ? await refresh(exchange, policy) : undefined };
}
const { policy, ...judged } = verdict(await get(link));
const until = Number(new URL(link).searchParams.get('expires')) * 1000;
policy.now = () => until + 1000;
verdicts.download = { ...judged, left: (until - Date.now()) / 1000, atExpiry: policy.satisfiesWithoutRevalidation({ url: link, headers: {} }) };
console.log(JSON.stringify(verdicts));
