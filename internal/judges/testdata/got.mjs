// Makes a call with npm got, which is to try again as the server says.
import got from 'got';

const { url, key, method, body, drain, refused } = JSON.parse(process.argv[2]);
const headers = { 'x-api-key': key, ...(method === 'POST' && { 'idempotency-key': '"got-1"' }) };

if (drain) { // spend the whole allowance
  for (let status; status !== 429; ) status = (await fetch(url, { headers })).status;
}
const refusals = [];
const res = await got(url, {
  method, headers, body,
  retry: {
    methods: [method],
    async calculateDelay({ error, computedValue }) { // computedValue is what got would wait, in milliseconds
      refusals.push({
        status: error.response?.statusCode, retryAfter: Number(error.response?.headers['retry-after']),
        body: JSON.parse(error.response?.body ?? '{}').retry_after, waits: computedValue, at: performance.now(),
      });
      if (refused) await fetch(refused, { method: 'POST' });
      return computedValue;
    },
  },
});
console.log(JSON.stringify({ status: res.statusCode, body: res.body, refusals, at: performance.now() }));
