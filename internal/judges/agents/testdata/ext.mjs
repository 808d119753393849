// npm @modelcontextprotocol/ext-tasks over client: tasks of revision 2026-07-28. The requests about tasks are this program's to make: it repeats those that are safe.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient } from '@modelcontextprotocol/ext-tasks/client';
import { again, headers, info, print, settings } from './common.mjs';

const protocolVersion = '2026-07-28';
const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const client = new Client(info, { capabilities, versionNegotiation: { mode: { pin: protocolVersion } } });
await client.connect(new StreamableHTTPClientTransport(new URL(settings.url), { requestInit: { headers } }));
const { tools } = await client.listTools();
const failures = [];
const asked = [];
let n = 0;

async function rawDispatch(request, { signal, context } = {}) {
	const { method, params } = request;
	const send = async () => {
		const body = JSON.stringify({ jsonrpc: '2.0', id: `ext-${++n}`, method, params });
		const sent = new Headers({ ...headers, ...context?.headers }); // some of which are the names below in other cases
		sent.set('content-type', 'application/json');
		sent.set('accept', 'application/json, text/event-stream');
		sent.set('mcp-protocol-version', protocolVersion);
		sent.set('mcp-method', method);
		sent.set('mcp-name', params.taskId ?? params.name);
		const response = await fetch(settings.url, { method: 'POST', signal, body, headers: sent });
		return response.json();
	};
	asked.push(method);
	const answer = method === 'tools/call' ? await send() : await again(send, failures);
	return answer.error ? { kind: 'error', error: answer.error } : { kind: 'result', result: answer.result };
}

const session = createTaskSessionFromClient(client, {
	endpointId: 'judge',
	rawDispatch,
	v2RequestFraming: { protocolVersion, clientInfo: info, clientCapabilities: capabilities },
});
const execution = await session.callTool(settings.tool, settings.arguments);
console.error('task', execution.handle?.taskId);
const { outcome } = await execution.settle();
print({ tools: tools.length, jobs: 1, kind: execution.kind, id: execution.handle?.taskId, status: outcome.status, failures, asked: asked.length, result: outcome.result, error: outcome.error && { message: String(outcome.error.message), ...outcome.error } });
process.exit(0);
