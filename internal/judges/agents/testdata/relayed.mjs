// What the conformance suite wants of a client, by way of claimcheck mcp: its headers are those of claimcheck.
// node relayed.mjs PROGRAM URL
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [program, url] = process.argv.slice(2);
const client = new Client({ name: 'claimcheck-judge', version: '1' }, { versionNegotiation: { mode: { pin: process.env.MCP_CONFORMANCE_PROTOCOL_VERSION } } });
await client.connect(new StdioClientTransport({ command: program, args: ['mcp', '--url', url], env: { CLAIMCHECK_API_KEY: 'ck_judge' } }));
const { tools } = await client.listTools();
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
for (const { name, arguments: args } of context.toolCalls ?? [{ name: tools[0].name, arguments: {} }]) {
	await client.callTool({ name, arguments: args });
}
if (!context.toolCalls) {
	const { resources } = await client.listResources();
	await client.readResource({ uri: resources[0].uri });
	const { prompts } = await client.listPrompts();
	await client.getPrompt({ name: prompts[0].name, arguments: {} });
}
await client.close();
