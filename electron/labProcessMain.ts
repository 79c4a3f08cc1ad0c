import { serveLab } from "./labProcess.ts";

/** Entry of the utility process. */
serveLab(process.parentPort);
