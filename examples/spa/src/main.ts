// main.ts: starts the application.
import { startApp } from './app.ts';

startApp();
