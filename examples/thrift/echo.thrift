/** The service of the example: it answers what it is sent. */
namespace js connpool.example

/** Thrown by Echo for messages it is told to refuse: an answer of the service, not a failure of the connection. */
exception EchoError {
  1: string reason
  2: string message
}

service EchoService {
  /** Answers at once. Good as a heartbeat. */
  void Ping()

  /** Gives the message back. Throws when the message begins with "refuse:". */
  string Echo(1: string message) throws (1: EchoError error)
}
