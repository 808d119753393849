select a, `b c`, 'it\'s', {p:UInt32}, arrayMap(x -> x + 1, [1, 2]), a ? b : c from t final prewhere a = 1 where b = 2 settings max_threads = 1;
