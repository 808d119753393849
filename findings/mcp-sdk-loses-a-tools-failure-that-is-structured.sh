#!/bin/sh
# MCP's TypeScript client (v1 line) does not ask a failed call (isError) for the structured content that the tool's output schema promises, but if there is some, for instance the code
# and the line of what was wrong, it is held to the schema of success: callTool throws, and what the tool said is lost to the caller.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @modelcontextprotocol/sdk@1.32.2
cat > run.mjs <<'JS'
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const outputSchema = { type: 'object', properties: { rows: { type: 'number' } }, required: ['rows'] };
const server = new Server({ name: 'tables', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [{ name: 'count', inputSchema: { type: 'object' }, outputSchema }] }));
server.setRequestHandler(CallToolRequestSchema, async (request) => ({
  isError: true,
  content: [{ type: 'text', text: 'Line 2 is no CSV.' }],
  ...(request.params.arguments.structured ? { structuredContent: { error: { code: 'INVALID_CSV', line: 2 } } } : {}),
}));
const client = new Client({ name: 'caller', version: '1' });
const [here, there] = InMemoryTransport.createLinkedPair();
await Promise.all([server.connect(there), client.connect(here)]);
await client.listTools();

async function outcome(structured) {
  try {
    const result = await client.callTool({ name: 'count', arguments: { structured } });
    return `isError ${result.isError}`;
  } catch (e) {
    return `an exception, code ${e.code}`;
  }
}
const [text, structured] = [await outcome(false), await outcome(true)];
console.log(`@modelcontextprotocol/sdk 1.32.2: a failure in words gives ${text}; with structured content beside them ${structured}`);
process.exit(text === 'isError true' && structured === 'an exception, code -32602' ? 0 : 1);
JS
node run.mjs
