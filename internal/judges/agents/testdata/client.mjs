// npm @modelcontextprotocol/client: no tasks. Its call is held, is lost with the server, and the job is found again by the tools for jobs.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { goOn, headers, info, print, settings } from './common.mjs';

const client = new Client(info, settings.modern ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {});
await client.connect(new StreamableHTTPClientTransport(new URL(settings.url), { requestInit: { headers } }));
const { tools } = await client.listTools();
const call = (name, args) => client.callTool({ name, arguments: args });
const failures = [];
try {
	print({ tools: tools.length, early: await call(settings.tool, settings.arguments) });
} catch (e) {
	failures.push(String(e.message));
	print({ tools: tools.length, failures, ...(await goOn(call, failures)) });
}
process.exit(0);
