import thrift from 'thrift';

/** What the package's transports throw when a message is not there in full; its types leave it out. */
export const { InputBufferUnderrunError } = thrift as unknown as {
  InputBufferUnderrunError: new () => Error;
};
