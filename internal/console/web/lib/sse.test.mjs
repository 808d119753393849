import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventReader } from './sse.mjs';

const stream = 'retry: 2000\nevent: status\nid: 7\ndata: {"a":\ndata: 1}\n\n:\n\n: still here\nevent: gone\n\ndata:x\r\n\r\ndata: y\r\rdata: cut';
const want = [
  { event: 'status', data: '{"a":\n1}', id: '7' },
  { event: 'message', data: 'x', id: '7' },
  { event: 'message', data: 'y', id: '7' },
];

test('events are the same wherever the stream is cut into pieces', () => {
  for (let size = 1; size <= stream.length; size++) {
    const reader = eventReader();
    const found = [];
    for (let i = 0; i < stream.length; i += size) found.push(...reader.feed(stream.slice(i, i + size)));
    assert.deepEqual(found, want, `pieces of ${size}`);
    assert.ok(reader.heard > 0);
  }
});
