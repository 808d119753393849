// Hands work in in Azure's words and has the poller of @azure/core-lro follow it to its end.
import { createHttpPoller } from '@azure/core-lro';

const { url, key, body, pick, config, cancel } = JSON.parse(process.argv[2]);
const answers = [];
let monitor;

// What @azure/core-rest-pipeline does for every client: a request that met nobody is made again.
async function patiently(url, init) {
  for (;;) {
    try {
      return await fetch(url, init);
    } catch (e) {
      if (init.signal?.aborted) throw e;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

async function send(method, url, init = {}) {
  const res = await patiently(url, { method, headers: { 'x-api-key': key }, ...init });
  const value = await res.json();
  answers.push({ method, path: new URL(url).pathname, status: res.status, said: value.status });
  monitor = res.headers.get('operation-location') ?? monitor;
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
  { intervalInMs: 60_000, resourceLocationConfig: config, processResult: pick ? (value) => value[pick] : undefined },
);
let result, error;
try {
  if (cancel) {
    await poller.poll();
    await send('POST', monitor + ':cancel');
  }
  result = await poller.pollUntilDone();
} catch (e) {
  error = e.message;
}
console.log(JSON.stringify({ answers, result, error, state: poller.operationState.status }));
