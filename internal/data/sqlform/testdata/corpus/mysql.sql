select `a b`, "string", 'it\'s', 'a''b', a <=> b, a := 1, @v, @@session.x, 5 div 2 from `db`.`t` where a rlike 'x'
and b = 1;
select /*+ MAX_EXECUTION_TIME(1000) */ a from t force index (i) where b = ? limit 5, 10;
/*!40101 SET NAMES utf8 */;
insert into t (a, b) values (1, 2) on duplicate key update a = values(a), b = b + 1;
create table `t` (`id` int unsigned not null auto_increment, `name` varchar(255) character set utf8 collate utf8_bin default null comment 'a;b', primary key (`id`), key `k` (`name`(10))) engine=InnoDB default charset=utf8;
select group_concat(distinct a order by b separator ',') from t group by a with rollup;
select _utf8'abc', x'1F', b'01', n'x', 0xFF from dual;
replace into t set a = 1;
select a from t where b regexp '^a' and c not like '\_%' or d xor e;
select if(a, 1, 2), a->'$.x', a->>'$.y', date_add(now(), interval 1 day) from t straight_join u on t.id = u.id;
