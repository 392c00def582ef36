#include "CLI/CLI.hpp"
#include "test_headers.h"
