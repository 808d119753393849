select `a`, 'it\'s' from t for system_time as of timestamp '2020-01-01';
insert into t (a) values (1) returning a;
