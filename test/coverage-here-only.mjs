// Coverage is taken in this process alone. Processes that tests start load the same sources through another of tsx's
// transforms; where the texts differ, c8 cannot add their counts up, and reports lines as never run that were.
delete process.env.NODE_V8_COVERAGE;
