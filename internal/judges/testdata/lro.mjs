// Hands work in and has the poller of @azure/core-lro follow it to its end.
import { createHttpPoller } from '@azure/core-lro';

const { url, key, body } = JSON.parse(process.argv[2]);
const answers = [];

async function send(method, url, init = {}) {
  const headers = { 'x-api-key': key, prefer: 'respond-async' };
  const sent = performance.now();
  const res = await fetch(url, { method, headers, ...init });
  const value = await res.json();
  answers.push({ method, status: res.status, retryAfter: Number(res.headers.get('retry-after')), sent, got: performance.now() });
  return {
    flatResponse: value,
    rawResponse: { statusCode: res.status, headers: Object.fromEntries(res.headers), body: value, request: { method, url } },
  };
}

const poller = createHttpPoller(
  {
    sendInitialRequest: () => send('POST', url, { body }),
    sendPollRequest: (path, options) => send('GET', path, { signal: options?.abortSignal }),
  },
  { intervalInMs: 60_000 }, // without Retry-After the test would take too long
);
let result, error;
try {
  result = await poller.pollUntilDone();
} catch (e) {
  error = e.message;
}
console.log(JSON.stringify({ answers, result, error, state: poller.operationState.status }));
