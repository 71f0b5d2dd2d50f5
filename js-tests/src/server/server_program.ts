/**
 * A server in a program of its own, for tests that kill it: `node server_program.ts <state directory> <port> <operator
 * token>`. It prints its address when it listens, and ends when its input does, so that it never outlives its test.
 */
import { startLocalServer } from './local_server.ts';

const [stateDir, port, operatorToken] = process.argv.slice(2);
if (stateDir === undefined || port === undefined || operatorToken === undefined) throw new Error('three arguments');

const server = await startLocalServer({ stateDir, port: Number(port), operatorToken });
process.stdin.on('end', () => void server.stop()).resume();
console.log(server.url);
