// Shows the output of a job as a page does, with npm eventsource: what another attempt
// says begins anew. It ends when the server says that there is no more.
import { EventSource } from 'eventsource';

const { url, key } = JSON.parse(process.argv[2]);
const heard = { output: '', messages: [], log: [], statuses: [], cuts: 0 };
let attempt = 0;
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, 'x-api-key': key } }),
});
source.addEventListener('output', (e) => {
  const said = JSON.parse(e.data);
  if (said.attempt !== attempt) heard.output = '';
  attempt = said.attempt;
  heard.output += said.output;
});
source.addEventListener('message', (e) => heard.messages.push(JSON.parse(e.data).message));
source.addEventListener('log', (e) => heard.log.push(...JSON.parse(e.data).log));
source.addEventListener('status', (e) => heard.statuses.push(JSON.parse(e.data).status));
source.addEventListener('error', () => {
  if (source.readyState === EventSource.CLOSED || heard.cuts++ > 5) {
    console.log(JSON.stringify(heard));
    process.exit();
  }
});
