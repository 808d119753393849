// npm @modelcontextprotocol/sdk, the older line: tasks of revision 2025-11-25, over HTTP or standard input and output.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { again, headers, info, print, settings } from './common.mjs';

const transport = settings.program
	? new StdioClientTransport({ command: settings.program, args: ['mcp', '--url', settings.server], env: { CLAIMCHECK_API_KEY: settings.key } })
	: new StreamableHTTPClientTransport(new URL(settings.url), { requestInit: { headers } });
const client = new Client(info);
await client.connect(transport);
const { tools } = await client.listTools();
const tasks = client.experimental.tasks;
const failures = [];
let id;
for await (const message of tasks.callToolStream({ name: settings.tool, arguments: settings.arguments }, CallToolResultSchema, { task: { ttl: 600000 } })) {
	if (message.type === 'taskCreated') {
		id = message.task.taskId;
		console.error('task', id);
	}
	if (message.type === 'error') failures.push(message.error.message);
}
const result = await again(() => tasks.getTaskResult(id, CallToolResultSchema), failures);
const task = await again(() => tasks.getTask(id), failures);
const all = await again(() => tasks.listTasks(), failures);
print({ tools: tools.length, jobs: all.tasks.length, id, status: task.status, failures, result });
process.exit(0);
