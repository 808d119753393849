select `a`, 'it\'s', "x" from t lateral view explode(a) x as y where b rlike 'x';
