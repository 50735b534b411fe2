/** Answers every read from a socket with the same few bytes: what is measured against it is the client. */
import { createServer, type AddressInfo } from 'node:net';

const BODY = '{"name":"queued/key","generation":"1","metageneration":"1"}';
const HEAD = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;
const ANSWER = Buffer.from(HEAD + BODY);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(ANSWER));
  // The client leaves when it has measured enough.
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
