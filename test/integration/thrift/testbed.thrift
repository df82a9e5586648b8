// What the echo service of examples/thrift has no use for. To generate the code again:
//   thrift --gen js:node,es6,ts -out gen-nodejs testbed.thrift
namespace js connpool.testbed

struct Item {
  1: i32 number
  2: string text
}

service Base {
  string Whoami()
}

service Testbed extends Base {
  oneway void Note(1: string text)
  list<string> Notes()
  list<Item> Items(1: i32 count)
  map<string, i32> Lengths(1: set<string> texts)
  string Nothing()
}
