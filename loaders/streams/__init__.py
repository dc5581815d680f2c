"""Events as queues and pipes bring them: a JSON message a line, in one of three shapes."""
