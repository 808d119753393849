// Posts a file with one of several HTTP libraries and prints the status that it was told.
import { readFileSync, createReadStream, statSync } from 'node:fs';
import http from 'node:http';

const { url, key, file, client } = JSON.parse(process.argv[2]);
const headers = { 'x-api-key': key, 'content-type': 'application/octet-stream' };
const body = () => readFileSync(file);

const clients = {
  async fetch() {
    return (await fetch(url, { method: 'POST', headers, body: body() })).status;
  },
  http() {
    return new Promise((resolve, reject) => {
      const req = http.request(url, { method: 'POST', headers: { ...headers, 'content-length': statSync(file).size } }, (res) => {
        res.resume().on('end', () => resolve(res.statusCode)).on('error', reject);
      });
      req.on('error', reject);
      createReadStream(file).pipe(req);
    });
  },
  async axios() {
    const { default: axios } = await import('axios');
    return (await axios.post(url, body(), { headers, validateStatus: () => true, maxBodyLength: Infinity })).status;
  },
  async got() {
    const { default: got } = await import('got');
    return (await got.post(url, { headers, body: body(), throwHttpErrors: false, retry: { limit: 0 } })).statusCode;
  },
  async needle() {
    const { default: needle } = await import('needle');
    return (await needle('post', url, body(), { headers })).statusCode;
  },
  async superagent() {
    const { default: superagent } = await import('superagent');
    return (await superagent.post(url).set(headers).ok(() => true).send(body())).status;
  },
  async 'node-fetch'() {
    const { default: nodeFetch } = await import('node-fetch');
    return (await nodeFetch(url, { method: 'POST', headers, body: body() })).status;
  },
};

console.log(JSON.stringify({ status: await clients[client]() }));
